"""Taking pictures of identity cards 证件采集: live camera, watched folder, scanner, several cards on a page."""
