output "urls" {
  description = "Where each function is called, from inside the network."
  value       = { for name, function in google_cloudfunctions2_function.this : name => function.url }
}

output "service_accounts" {
  description = "What each function runs as."
  value       = { for name, account in google_service_account.functions : name => account.email }
}
