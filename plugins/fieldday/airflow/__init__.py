"""Operators, triggers and their helpers: the only code of this library that imports Airflow."""
