output "vault_name" {
  description = "The vault of the daily backups."
  value       = aws_backup_vault.this.name
}

output "vault_arn" {
  description = "ARN of the vault."
  value       = aws_backup_vault.this.arn
}

output "recovery_vault_arn" {
  description = "ARN of the vault in the recovery region; null without one."
  value       = one(aws_backup_vault.recovery[*].arn)
}

output "plan_id" {
  description = "The daily plan."
  value       = aws_backup_plan.daily.id
}

output "backup_role_arn" {
  description = "The role with which AWS Backup takes and copies backups."
  value       = aws_iam_role.backup.arn
}

output "restore_role_arn" {
  description = "The role with which AWS Backup restores; a drill passes it."
  value       = aws_iam_role.restore.arn
}

output "restore_testing_plan_name" {
  description = "The weekly restore test; null without one."
  value       = one(aws_backup_restore_testing_plan.weekly[*].name)
}
