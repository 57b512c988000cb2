"""The sandbox's AWS: a moto server that is never without the reports bucket."""
