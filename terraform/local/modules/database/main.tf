resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "this" {
  name        = "${var.name}-database"
  description = "PostgreSQL from within the VPC"
  vpc_id      = var.vpc_id

  ingress {
    description = "PostgreSQL"
    from_port   = 5432
    to_port     = 5432
    protocol    = "tcp"
    cidr_blocks = [var.vpc_cidr]
  }
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV_AWS_293:A rehearsal destroys it; what holds data is protected by the second confirmation
  #checkov:skip=CKV_AWS_157:Production stands by in a second zone, by a precondition; the others need not
  #checkov:skip=CKV_AWS_353:The sandbox has no Performance Insights
  #checkov:skip=CKV_AWS_118:The sandbox has no enhanced monitoring
  #checkov:skip=CKV2_AWS_30:Logging of queries is a matter of the parameter group that terraform/ has
  identifier     = var.name
  engine         = "postgres"
  engine_version = "13.3"
  instance_class = var.instance.instance_class

  allocated_storage = var.instance.storage_gb
  storage_type      = "gp2"
  storage_encrypted = true
  kms_key_id        = var.kms_key_arn

  name     = "fieldday"
  username = "fieldday"
  password = var.password

  multi_az               = var.instance.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false

  backup_retention_period    = var.instance.backup_days
  copy_tags_to_snapshot      = true
  skip_final_snapshot        = true
  auto_minor_version_upgrade = true

  iam_database_authentication_enabled = true
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]

  tags = { DataClass = "confidential" }

  lifecycle {
    precondition {
      condition     = var.environment != "production" || var.instance.multi_az
      error_message = "database: production does not stand by in a second zone. Set multi_az to true in environments/production.tfvars."
    }
  }
}

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:Rotation needs a function in the VPC, which the sandbox can not run
  name        = "${var.name}/database"
  description = "How services connect to PostgreSQL"
  kms_key_id  = var.kms_key_arn
  # A rehearsal creates it again a minute later, under the same name.
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id = aws_secretsmanager_secret.this.id
  secret_string = jsonencode({
    host     = aws_db_instance.this.address
    port     = aws_db_instance.this.port
    username = aws_db_instance.this.username
    password = var.password
  })
}
