"""Running programs: to their end (`run`), or so that they outlive whoever started them."""
