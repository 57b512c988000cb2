"""The reference service: stands in for any FieldDay backend service, told which by SERVICE."""
