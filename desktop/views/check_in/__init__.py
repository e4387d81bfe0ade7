"""The check-in wizard 办理入住: eight steps from the identity card to the printed receipt, one file a step."""
