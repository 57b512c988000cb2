"""How a component of Airflow is started in the sandbox."""
