"""Images: checked, built reproducibly without Docker, pushed by digest, scanned."""
