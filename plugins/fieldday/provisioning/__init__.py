"""Infrastructure: Terraform's plans read, approved, applied; locks; drift."""
