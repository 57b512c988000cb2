"""The sandbox's AWS: a moto server that always has the reports bucket."""
