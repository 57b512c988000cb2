"""What AWS's resources cost: a table with its source and date, and the price of one resource."""
