mock_provider "google" {}

variables {
  name            = "fieldday-test"
  project_id      = "fieldday-project"
  project_number  = "123456789012"
  region          = "us-east1"
  recovery_region = "us-west1"
  log_writer      = "cmek-p123456789012@gcp-sa-logging.iam.gserviceaccount.com"

  services = {
    api  = { stores = ["postgresql", "redis"] }
    jobs = { stores = ["redis"] }
  }

  database_instance        = "fieldday-test-database"
  secret_rotation_days     = 30
  requests_per_minute      = 1000
  host_requests_per_minute = { "payments.fieldday.example" = 60, "auth.fieldday.example" = 120 }

  labels = {
    service     = "security"
    environment = "test"
    owner       = "platform"
    cost_centre = "engineering"
    data_class  = "confidential"
  }
}

run "keys" {
  assert {
    condition = jsonencode({
      for key, ring in google_kms_key_ring.this : key => [ring.name, ring.project, ring.location]
      }) == jsonencode({
      multi_region = ["fieldday-test-multi-region", "fieldday-project", "us"]
      primary      = ["fieldday-test-primary", "fieldday-project", "us-east1"]
      recovery     = ["fieldday-test-recovery", "fieldday-project", "us-west1"]
    })
    error_message = "A key ring is not where its data is."
  }

  assert {
    condition = jsonencode({
      for key, made in google_kms_crypto_key.this : key => {
        name       = made.name
        ring       = made.key_ring
        labels     = made.labels == tomap(var.labels)
        purpose    = made.purpose
        rotation   = made.rotation_period
        grace      = made.destroy_scheduled_duration
        protected  = made.deletion_policy
        algorithm  = made.version_template[0].algorithm
        protection = made.version_template[0].protection_level
      }
      }) == jsonencode({
      for key, ring in {
        cache             = "primary"
        cluster           = "primary"
        database          = "primary"
        database_recovery = "recovery"
        disks             = "primary"
        functions         = "primary"
        images            = "primary"
        logs              = "primary"
        secrets           = "primary"
        secrets_recovery  = "recovery"
        storage           = "multi_region"
        topics            = "primary"
        } : key => {
        name       = replace(key, "_", "-")
        ring       = google_kms_key_ring.this[ring].id
        labels     = true
        purpose    = "ENCRYPT_DECRYPT"
        rotation   = "7776000s"
        grace      = "2592000s"
        protected  = "PREVENT"
        algorithm  = "GOOGLE_SYMMETRIC_ENCRYPTION"
        protection = "HSM"
      }
    })
    error_message = "A key is missing, unprotected, or not rotated each quarter."
  }

  assert {
    condition = jsonencode({
      for key, member in google_kms_crypto_key_iam_member.users : key => [member.crypto_key_id, member.role, member.member]
      }) == jsonencode({
      for row in [
        ["cache", "cache", "service-123456789012@cloud-redis.iam.gserviceaccount.com"],
        ["cluster", "cluster", "service-123456789012@container-engine-robot.iam.gserviceaccount.com"],
        ["database", "database", "service-123456789012@gcp-sa-cloud-sql.iam.gserviceaccount.com"],
        ["database_recovery", "database", "service-123456789012@gcp-sa-cloud-sql.iam.gserviceaccount.com"],
        ["disks", "compute", "service-123456789012@compute-system.iam.gserviceaccount.com"],
        ["functions", "artifacts", "service-123456789012@gcp-sa-artifactregistry.iam.gserviceaccount.com"],
        ["functions", "eventarc", "service-123456789012@gcp-sa-eventarc.iam.gserviceaccount.com"],
        ["functions", "functions", "service-123456789012@gcf-admin-robot.iam.gserviceaccount.com"],
        ["functions", "run", "service-123456789012@serverless-robot-prod.iam.gserviceaccount.com"],
        ["functions", "storage", "service-123456789012@gs-project-accounts.iam.gserviceaccount.com"],
        ["images", "artifacts", "service-123456789012@gcp-sa-artifactregistry.iam.gserviceaccount.com"],
        ["secrets", "secrets", "service-123456789012@gcp-sa-secretmanager.iam.gserviceaccount.com"],
        ["secrets_recovery", "secrets", "service-123456789012@gcp-sa-secretmanager.iam.gserviceaccount.com"],
        ["storage", "storage", "service-123456789012@gs-project-accounts.iam.gserviceaccount.com"],
        ["topics", "pubsub", "service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"],
        ["logs", "logs", "cmek-p123456789012@gcp-sa-logging.iam.gserviceaccount.com"],
      ] : "${row[0]}/${row[1]}" => [google_kms_crypto_key.this[row[0]].id, "roles/cloudkms.cryptoKeyEncrypterDecrypter", "serviceAccount:${row[2]}"]
    })
    error_message = "A key can be used by others than the agent that encrypts its data, or not by that one."
  }

  assert {
    condition = jsonencode([
      google_kms_crypto_key.release.name,
      google_kms_crypto_key.release.key_ring == google_kms_key_ring.this["primary"].id,
      google_kms_crypto_key.release.labels == tomap(var.labels),
      google_kms_crypto_key.release.purpose,
      google_kms_crypto_key.release.destroy_scheduled_duration,
      google_kms_crypto_key.release.deletion_policy,
      google_kms_crypto_key.release.version_template[0].algorithm,
      google_kms_crypto_key.release.version_template[0].protection_level,
      google_kms_crypto_key_iam_member.release.crypto_key_id == google_kms_crypto_key.release.id,
      google_kms_crypto_key_iam_member.release.role,
      google_kms_crypto_key_iam_member.release.member == google_service_account.deployer.member,
    ]) == jsonencode(["release", true, true, "ASYMMETRIC_SIGN", "2592000s", "PREVENT", "EC_SIGN_P256_SHA256", "HSM", true, "roles/cloudkms.signerVerifier", true])
    error_message = "The key that signs releases differs, or others than the deployer may sign."
  }
}

run "identities" {
  assert {
    condition = jsonencode({
      for key, account in merge(google_service_account.services, { deployer = google_service_account.deployer, external_secrets = google_service_account.external_secrets }) :
      key => [account.account_id, account.project, account.display_name, account.description]
      }) == jsonencode({
      api              = ["service-api", "fieldday-project", "fieldday-test api", "What api's pods run as."]
      deployer         = ["release-deployer", "fieldday-project", "fieldday-test deployer", "What the release pipeline runs as: pushes images, signs them, and reaches the cluster."]
      external_secrets = ["external-secrets", "fieldday-project", "fieldday-test External Secrets", "What copies the services' secrets into the cluster."]
      jobs             = ["service-jobs", "fieldday-project", "fieldday-test jobs", "What jobs's pods run as."]
    })
    error_message = "The service accounts differ from one a service, the deployer and External Secrets."
  }

  assert {
    condition = jsonencode([
      for role in [google_project_iam_custom_role.database_client, google_project_iam_custom_role.deployer] :
      [role.role_id, role.project, role.title, role.description, role.stage, role.permissions]
      ]) == jsonencode([
      [
        "fieldday_test_database_client", "fieldday-project", "fieldday-test database client",
        "Logs in to the database, and no more: what it may read and write, PostgreSQL's own grants say.", "GA",
        ["cloudsql.instances.connect", "cloudsql.instances.get", "cloudsql.instances.login"],
      ],
      [
        "fieldday_test_deployer", "fieldday-project", "fieldday-test deployer",
        "Finds the cluster and attests images. Inside the cluster, Kubernetes' own roles bind it.", "GA",
        [
          "binaryauthorization.attestors.get", "binaryauthorization.attestors.verifyImageAttested", "container.clusters.connect", "container.clusters.get",
          "containeranalysis.notes.attachOccurrence", "containeranalysis.notes.get",
          "containeranalysis.occurrences.create", "containeranalysis.occurrences.get", "containeranalysis.occurrences.list",
        ],
      ],
    ])
    error_message = "A custom role permits something else than is promised."
  }

  assert {
    condition = jsonencode({
      for key, binding in google_project_iam_member.database_client : key => [
        binding.project, binding.role == google_project_iam_custom_role.database_client.id, binding.member == google_service_account.services[key].member, binding.condition,
      ]
      }) == jsonencode({
      api = ["fieldday-project", true, true, [{
        description = "This environment's instance and its replica alone."
        expression  = "resource.service == 'sqladmin.googleapis.com' && resource.name.startsWith('projects/fieldday-project/instances/fieldday-test-database')"
        title       = "this-database"
      }]]
    })
    error_message = "Others than services with a PostgreSQL store may log in, or to other databases than this one."
  }

  assert {
    condition = jsonencode([
      google_project_iam_member.deployer.project,
      google_project_iam_member.deployer.role == google_project_iam_custom_role.deployer.id,
      google_project_iam_member.deployer.member == google_service_account.deployer.member,
    ]) == jsonencode(["fieldday-project", true, true])
    error_message = "The deployer's role is bound to somebody else."
  }
}

run "secrets" {
  assert {
    condition = jsonencode({
      for key, secret in google_secret_manager_secret.services : key => {
        id        = secret.secret_id
        project   = secret.project
        labels    = secret.labels == tomap(merge(var.labels, { service = key }))
        protected = secret.deletion_protection
        grace     = secret.version_destroy_ttl
        automatic = length(secret.replication[0].auto)
        replicas = {
          for replica in secret.replication[0].user_managed[0].replicas : replica.location => replica.customer_managed_encryption[0].kms_key_name
        }
        period = secret.rotation[0].rotation_period
        next   = timecmp(secret.rotation[0].next_rotation_time, timeadd(plantimestamp(), "719h")) > 0 && timecmp(secret.rotation[0].next_rotation_time, timeadd(plantimestamp(), "721h")) < 0
        topic  = [for topic in secret.topics : topic.name == google_pubsub_topic.rotation.id]
      }
      }) == jsonencode({
      for key in ["api", "jobs"] : key => {
        id        = "fieldday-test-${key}"
        project   = "fieldday-project"
        labels    = true
        protected = true
        grace     = "604800s"
        automatic = 0
        replicas  = { us-east1 = google_kms_crypto_key.this["secrets"].id, us-west1 = google_kms_crypto_key.this["secrets_recovery"].id }
        period    = "2592000s"
        next      = true
        topic     = [true]
      }
    })
    error_message = "A service's secret is not kept as promised: both regions, own keys, rotation, protection."
  }

  assert {
    condition = jsonencode({
      for key, binding in google_secret_manager_secret_iam_member.external_secrets :
      key => [binding.project, binding.secret_id, binding.role, binding.member == google_service_account.external_secrets.member]
      }) == jsonencode({
      for key in ["api", "jobs"] : key => ["fieldday-project", "fieldday-test-${key}", "roles/secretmanager.secretAccessor", true]
    })
    error_message = "Others than External Secrets may read the services' secrets."
  }

  assert {
    condition = jsonencode([
      google_pubsub_topic.rotation.name,
      google_pubsub_topic.rotation.project,
      google_pubsub_topic.rotation.labels == tomap(var.labels),
      google_pubsub_topic.rotation.kms_key_name == google_kms_crypto_key.this["topics"].id,
      google_pubsub_topic.rotation.message_storage_policy,
      google_pubsub_topic_iam_member.rotation.project,
      google_pubsub_topic_iam_member.rotation.topic,
      google_pubsub_topic_iam_member.rotation.role,
      google_pubsub_topic_iam_member.rotation.member,
      ]) == jsonencode([
      "fieldday-test-secret-rotation", "fieldday-project", true, true, [{ allowed_persistence_regions = ["us-east1"], enforce_in_transit = true }],
      "fieldday-project", "fieldday-test-secret-rotation", "roles/pubsub.publisher", "serviceAccount:service-123456789012@gcp-sa-secretmanager.iam.gserviceaccount.com",
    ])
    error_message = "What is due is not announced, not encrypted, or others may announce it."
  }

  assert {
    condition = jsonencode([
      google_pubsub_subscription.rotation.name,
      google_pubsub_subscription.rotation.project,
      google_pubsub_subscription.rotation.labels == tomap(var.labels),
      google_pubsub_subscription.rotation.topic == google_pubsub_topic.rotation.id,
      google_pubsub_subscription.rotation.ack_deadline_seconds,
      google_pubsub_subscription.rotation.message_retention_duration,
      google_pubsub_subscription.rotation.expiration_policy,
    ]) == jsonencode(["fieldday-test-secret-rotation", "fieldday-project", true, true, 600, "604800s", [{ ttl = "" }]])
    error_message = "What is due does not wait for a person."
  }
}

run "edge" {
  assert {
    condition = jsonencode([
      for policy in [google_compute_security_policy.this, google_compute_security_policy.edge] :
      [policy.name, policy.project, policy.description, policy.type, policy.labels == tomap(var.labels)]
      ]) == jsonencode([
      ["fieldday-test", "fieldday-project", "What users may send to fieldday-test.", "CLOUD_ARMOR", true],
      ["fieldday-test-edge", "fieldday-project", "What users may ask of fieldday-test's static files.", "CLOUD_ARMOR_EDGE", true],
    ])
    error_message = "The Cloud Armor policies differ."
  }

  assert {
    condition = jsonencode([
      google_compute_security_policy.this.advanced_options_config[0].json_parsing,
      google_compute_security_policy.this.advanced_options_config[0].log_level,
      google_compute_security_policy.this.adaptive_protection_config[0].layer_7_ddos_defense_config[0].enable,
      google_compute_security_policy.this.adaptive_protection_config[0].layer_7_ddos_defense_config[0].rule_visibility,
    ]) == jsonencode(["STANDARD_WITH_GRAPHQL", "NORMAL", true, "STANDARD"])
    error_message = "GraphQL bodies are not looked into, or adaptive protection is off."
  }

  assert {
    condition = jsonencode({
      for rule in google_compute_security_policy.this.rule : format("%04d", rule.priority) => [rule.action, rule.description, rule.match[0].expr[0].expression] if rule.priority < 2000
      }) == jsonencode({
      "1000" = ["deny(403)", "Log4Shell and its kin", "evaluatePreconfiguredExpr('cve-canary')"]
      "1010" = ["deny(403)", "sql-injection", "evaluatePreconfiguredWaf('sqli-v33-stable', {'sensitivity': 1})"]
      "1020" = ["deny(403)", "scripting", "evaluatePreconfiguredWaf('xss-v33-stable', {'sensitivity': 1})"]
      "1030" = ["deny(403)", "local-files", "evaluatePreconfiguredWaf('lfi-v33-stable', {'sensitivity': 1})"]
      "1040" = ["deny(403)", "remote-files", "evaluatePreconfiguredWaf('rfi-v33-stable', {'sensitivity': 1})"]
      "1050" = ["deny(403)", "remote-code", "evaluatePreconfiguredWaf('rce-v33-stable', {'sensitivity': 1})"]
      "1060" = ["deny(403)", "methods", "evaluatePreconfiguredWaf('methodenforcement-v33-stable', {'sensitivity': 1})"]
      "1070" = ["deny(403)", "scanners", "evaluatePreconfiguredWaf('scannerdetection-v33-stable', {'sensitivity': 1})"]
      "1080" = ["deny(403)", "protocol", "evaluatePreconfiguredWaf('protocolattack-v33-stable', {'sensitivity': 1})"]
      "1090" = ["deny(403)", "session-fixation", "evaluatePreconfiguredWaf('sessionfixation-v33-stable', {'sensitivity': 1})"]
      "1100" = ["deny(403)", "node", "evaluatePreconfiguredWaf('nodejs-v33-stable', {'sensitivity': 1})"]
      "1110" = ["deny(403)", "java", "evaluatePreconfiguredWaf('java-v33-stable', {'sensitivity': 1})"]
      "1120" = ["deny(403)", "json-sql", "evaluatePreconfiguredWaf('json-sqli-canary', {'sensitivity': 1})"]
      "1130" = ["deny(403)", "internal-paths", "request.path.matches('(?i)/(readyz|metrics)$')"]
    })
    error_message = "An attack of the OWASP list is let through."
  }

  assert {
    condition = jsonencode({
      for rule in google_compute_security_policy.this.rule : rule.priority => {
        action      = rule.action
        description = rule.description
        expression  = rule.match[0].expr[0].expression
        conform     = rule.rate_limit_options[0].conform_action
        exceed      = rule.rate_limit_options[0].exceed_action
        key         = rule.rate_limit_options[0].enforce_on_key
        ban         = rule.rate_limit_options[0].ban_duration_sec
        limit       = rule.rate_limit_options[0].rate_limit_threshold
        ban_limit   = rule.rate_limit_options[0].ban_threshold
      } if rule.action == "rate_based_ban"
      }) == jsonencode({
      for expected in [
        { priority = 2000, host = "auth.fieldday.example", limit = 120, expression = "request.headers['host'].lower() == 'auth.fieldday.example'" },
        { priority = 2001, host = "payments.fieldday.example", limit = 60, expression = "request.headers['host'].lower() == 'payments.fieldday.example'" },
        { priority = 2999, host = "everything", limit = 1000, expression = "true" },
        ] : expected.priority => {
        action      = "rate_based_ban"
        description = "${expected.limit} requests a minute: ${expected.host}"
        expression  = expected.expression
        conform     = "allow"
        exceed      = "deny(429)"
        key         = "IP"
        ban         = 600
        limit       = [{ count = expected.limit, interval_sec = 60 }]
        ban_limit   = [{ count = expected.limit * 4, interval_sec = 60 }]
      }
    })
    error_message = "An address may send more than the limits, or is not shut out at four times as many."
  }

  assert {
    condition = jsonencode([
      for policy in [google_compute_security_policy.this, google_compute_security_policy.edge] :
      [for rule in policy.rule : [rule.action, rule.description, rule.match[0].versioned_expr, rule.match[0].config[0].src_ip_ranges] if rule.priority == 2147483647]
    ]) == jsonencode([for policy in range(2) : [["allow", "default", "SRC_IPS_V1", ["*"]]]])
    error_message = "A policy has no last rule that lets the rest in."
  }

  assert {
    condition = jsonencode([
      for rule in google_compute_security_policy.edge.rule : [rule.action, rule.priority, rule.description, rule.match[0].expr[0].expression] if rule.priority != 2147483647
    ]) == jsonencode([["deny(403)", 1000, "Files are read, never written.", "!(request.method == 'GET' || request.method == 'HEAD' || request.method == 'OPTIONS')"]])
    error_message = "Static files can be asked for by other methods than reading ones."
  }
}

run "guardrails" {
  assert {
    condition = jsonencode([
      google_project_iam_audit_config.everything.project,
      google_project_iam_audit_config.everything.service,
      sort([for config in google_project_iam_audit_config.everything.audit_log_config : config.log_type]),
      [for config in google_project_iam_audit_config.everything.audit_log_config : config if config.exempted_members != null],
    ]) == jsonencode(["fieldday-project", "allServices", ["ADMIN_READ", "DATA_READ", "DATA_WRITE"], []])
    error_message = "Not every access is on record."
  }

  assert {
    condition = jsonencode({
      for key, policy in google_org_policy_policy.enforced : key => [policy.name, policy.parent, policy.spec[0].rules[0].enforce]
      }) == jsonencode({
      for key in [
        "compute.disableSerialPortAccess", "compute.requireOsLogin", "compute.requireShieldedVm", "compute.skipDefaultNetworkCreation",
        "iam.automaticIamGrantsForDefaultServiceAccounts", "iam.disableServiceAccountKeyCreation", "iam.disableServiceAccountKeyUpload",
        "sql.restrictAuthorizedNetworks", "sql.restrictPublicIp", "storage.publicAccessPrevention", "storage.uniformBucketLevelAccess",
      ] : key => ["projects/fieldday-project/policies/${key}", "projects/fieldday-project", "TRUE"]
    })
    error_message = "A guardrail is missing or not enforced."
  }

  assert {
    condition = jsonencode([
      { for key, policy in google_org_policy_policy.denied : key => [policy.name, policy.parent, policy.spec[0].rules[0].deny_all] },
      { for key, policy in google_org_policy_policy.allowed : key => [policy.name, policy.parent, policy.spec[0].rules[0].values[0].allowed_values] },
      ]) == jsonencode([
      { "compute.vmExternalIpAccess" = ["projects/fieldday-project/policies/compute.vmExternalIpAccess", "projects/fieldday-project", "TRUE"] },
      { "gcp.resourceLocations" = ["projects/fieldday-project/policies/gcp.resourceLocations", "projects/fieldday-project", ["in:us-locations"]] },
    ])
    error_message = "A machine may have a public address, or data may leave the country."
  }
}

run "outputs" {
  assert {
    condition = jsonencode([
      output.key_ids == { for key, made in google_kms_crypto_key.this : key => made.id },
      output.release_key_id == google_kms_crypto_key.release.id,
      output.service_accounts == { for key, account in google_service_account.services : key => account.email },
      output.deployer_account == google_service_account.deployer.email,
      output.external_secrets_account == google_service_account.external_secrets.email,
      output.secret_ids,
      output.rotation_topic_id == google_pubsub_topic.rotation.id,
      output.rotation_subscription,
      output.security_policy_id == google_compute_security_policy.this.id,
      output.edge_policy_id == google_compute_security_policy.edge.id,
    ]) == jsonencode([true, true, true, true, true, { api = "fieldday-test-api", jobs = "fieldday-test-jobs" }, true, "fieldday-test-secret-rotation", true, true])
    error_message = "An output does not say what it promises."
  }
}

run "software_keys_and_other_places" {
  variables {
    key_protection    = "SOFTWARE"
    multi_region      = "europe"
    allowed_locations = ["in:eu-locations"]
  }

  assert {
    condition = jsonencode([
      google_kms_crypto_key.this["cache"].version_template[0].protection_level, google_kms_crypto_key.release.version_template[0].protection_level,
      google_kms_key_ring.this["multi_region"].location, google_org_policy_policy.allowed["gcp.resourceLocations"].spec[0].rules[0].values[0].allowed_values,
    ]) == jsonencode(["SOFTWARE", "SOFTWARE", "europe", ["in:eu-locations"]])
    error_message = "key_protection, multi_region or allowed_locations has no effect."
  }
}

run "the_same_region_twice_is_refused" {
  command = plan

  variables {
    recovery_region = "us-east1"
  }

  expect_failures = [var.recovery_region]
}

run "bad_inputs_are_refused" {
  command = plan

  variables {
    name                     = "F"
    project_id               = "Field"
    project_number           = "fieldday"
    region                   = "useast"
    multi_region             = "us-east1"
    key_protection           = "hsm"
    services                 = { "Float_Plan" = { stores = [] } }
    secret_rotation_days     = 0
    requests_per_minute      = 5
    host_requests_per_minute = { "auth.fieldday.example" = 1 }
    allowed_locations        = []
    labels                   = {}
  }

  expect_failures = [
    var.name, var.project_id, var.project_number, var.region, var.multi_region, var.key_protection, var.services,
    var.secret_rotation_days, var.requests_per_minute, var.host_requests_per_minute, var.allowed_locations, var.labels,
  ]
}

run "labels_in_capitals_are_refused" {
  command = plan

  variables {
    labels = { service = "security", environment = "test", owner = "Platform", cost_centre = "engineering", data_class = "confidential" }
  }

  expect_failures = [var.labels]
}

run "a_label_s_key_in_capitals_is_refused" {
  command = plan

  variables {
    labels = { service = "x", environment = "test", owner = "platform", cost_centre = "engineering", data_class = "internal", Team = "x" }
  }

  expect_failures = [var.labels]
}

run "too_much_is_refused" {
  command = plan

  variables {
    secret_rotation_days     = 366
    requests_per_minute      = 10001
    host_requests_per_minute = { "auth.fieldday.example" = 10001 }
    recovery_region          = "us-west1-b"
  }

  expect_failures = [var.secret_rotation_days, var.requests_per_minute, var.host_requests_per_minute, var.recovery_region]
}

run "more_hosts_than_cloud_armor_takes_are_refused" {
  command = plan

  variables {
    host_requests_per_minute = { for index in range(51) : "host-${index}.fieldday.example" => 60 }
  }

  expect_failures = [var.host_requests_per_minute]
}

run "the_least_is_taken" {
  command = plan

  variables {
    secret_rotation_days     = 1
    requests_per_minute      = 10
    host_requests_per_minute = { "auth.fieldday.example" = 10 }
  }
}

run "the_most_is_taken" {
  command = plan

  variables {
    secret_rotation_days     = 365
    requests_per_minute      = 10000
    host_requests_per_minute = { for index in range(50) : "host-${index}.fieldday.example" => 10000 }
    multi_region             = "asia"
  }
}
