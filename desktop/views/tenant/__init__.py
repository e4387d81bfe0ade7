"""客户屏: what a tenant sees and signs, on a screen of their own or on this one turned round."""
