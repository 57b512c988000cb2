"""One cluster: objects read and written, as plain JSON."""
