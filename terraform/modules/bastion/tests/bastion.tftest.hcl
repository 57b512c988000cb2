# The bastion: no way in but SSM, everything encrypted and written down.
mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:/fieldday/fieldday-test-bastion/sessions" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/fieldday-test-bastion" }
  }
  mock_resource "aws_iam_instance_profile" {
    defaults = { arn = "arn:aws:iam::111122223333:instance-profile/fieldday-test-bastion" }
  }
  mock_resource "aws_launch_template" {
    defaults = { id = "lt-0a1b2c3d4e5f60718", latest_version = 3 }
  }
}

run "closed" {
  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.ssh) == 0
    error_message = "Something may connect to the bastion."
  }

  assert {
    condition = jsonencode(concat(
      [for rule in [aws_vpc_security_group_egress_rule.https] : [rule.security_group_id, rule.ip_protocol, rule.from_port, rule.to_port, rule.cidr_ipv4, rule.tags.Name]],
      [for port in ["5432", "6379"] : [
        aws_vpc_security_group_egress_rule.database[port].security_group_id,
        aws_vpc_security_group_egress_rule.database[port].ip_protocol,
        aws_vpc_security_group_egress_rule.database[port].from_port,
        aws_vpc_security_group_egress_rule.database[port].to_port,
        aws_vpc_security_group_egress_rule.database[port].cidr_ipv4,
        aws_vpc_security_group_egress_rule.database[port].tags.Name,
      ]],
      )) == jsonencode([
      [aws_security_group.this.id, "tcp", 443, 443, "0.0.0.0/0", "fieldday-test-bastion-https"],
      [aws_security_group.this.id, "tcp", 5432, 5432, "10.0.0.0/16", "fieldday-test-bastion-5432"],
      [aws_security_group.this.id, "tcp", 6379, 6379, "10.0.0.0/16", "fieldday-test-bastion-6379"],
    ]) && length(aws_vpc_security_group_egress_rule.database) == 2
    error_message = "The bastion reaches more than HTTPS and the databases."
  }

  assert {
    condition     = aws_security_group.this.vpc_id == "vpc-0a1b2c3d4e5f60718" && aws_security_group.this.name == "fieldday-test-bastion"
    error_message = "The security group is not of this network."
  }
}

run "machine" {
  assert {
    condition = jsonencode([
      aws_autoscaling_group.this.name, aws_autoscaling_group.this.min_size, aws_autoscaling_group.this.desired_capacity, aws_autoscaling_group.this.max_size,
      sort(aws_autoscaling_group.this.vpc_zone_identifier), aws_autoscaling_group.this.health_check_type, aws_autoscaling_group.this.health_check_grace_period,
      aws_autoscaling_group.this.max_instance_lifetime, aws_autoscaling_group.this.instance_refresh[0].strategy,
      aws_autoscaling_group.this.instance_refresh[0].preferences[0].min_healthy_percentage,
      aws_autoscaling_group.this.launch_template[0].id, aws_autoscaling_group.this.launch_template[0].version,
    ]) == jsonencode(["fieldday-test-bastion", 1, 1, 1, ["subnet-a", "subnet-b"], "EC2", 300, 604800, "Rolling", 0, "lt-0a1b2c3d4e5f60718", "3"])
    error_message = "There is not one machine that comes back in any zone, no older than a week."
  }

  assert {
    condition = jsonencode([
      aws_launch_template.this.name, aws_launch_template.this.image_id, aws_launch_template.this.instance_type, aws_launch_template.this.ebs_optimized,
      aws_launch_template.this.update_default_version, aws_launch_template.this.monitoring[0].enabled, aws_launch_template.this.iam_instance_profile[0].arn,
      ]) == jsonencode([
      "fieldday-test-bastion", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64", "t4g.micro", "true",
      true, true, "arn:aws:iam::111122223333:instance-profile/fieldday-test-bastion",
    ])
    error_message = "The machine is not made from the newest Amazon Linux, or lacks its role."
  }

  assert {
    condition = jsonencode([
      aws_launch_template.this.network_interfaces[0].associate_public_ip_address,
      aws_launch_template.this.network_interfaces[0].security_groups,
      aws_launch_template.this.network_interfaces[0].delete_on_termination,
      length(aws_launch_template.this.network_interfaces),
    ]) == jsonencode(["false", [aws_security_group.this.id], "true", 1])
    error_message = "The bastion has a public address, or another security group."
  }

  assert {
    condition = jsonencode([
      aws_launch_template.this.metadata_options[0].http_endpoint,
      aws_launch_template.this.metadata_options[0].http_tokens,
      aws_launch_template.this.metadata_options[0].http_put_response_hop_limit,
      aws_launch_template.this.metadata_options[0].instance_metadata_tags,
    ]) == jsonencode(["enabled", "required", 1, "disabled"])
    error_message = "The metadata service answers without a token."
  }

  assert {
    condition = jsonencode([
      aws_launch_template.this.block_device_mappings[0].device_name,
      aws_launch_template.this.block_device_mappings[0].ebs[0].encrypted,
      aws_launch_template.this.block_device_mappings[0].ebs[0].kms_key_id,
      aws_launch_template.this.block_device_mappings[0].ebs[0].volume_type,
      aws_launch_template.this.block_device_mappings[0].ebs[0].volume_size,
      aws_launch_template.this.block_device_mappings[0].ebs[0].delete_on_termination,
    ]) == jsonencode(["/dev/xvda", "true", "arn:aws:kms:us-east-1:111122223333:key/data", "gp3", 20, "true"])
    error_message = "The disk is not encrypted by the key."
  }

  assert {
    condition = split("\n", base64decode(aws_launch_template.this.user_data)) == tolist([
      "#!/bin/bash",
      "set -eu",
      "dnf upgrade --assumeyes --refresh",
      "dnf install --assumeyes postgresql17 valkey",
      "systemctl enable --now amazon-ssm-agent",
      "systemctl disable --now sshd",
      "",
    ])
    error_message = "The machine does not patch itself, or runs an SSH server that nobody asked for."
  }
}

run "sessions" {
  assert {
    condition = jsondecode(aws_ssm_document.session.content) == {
      schemaVersion = "1.0"
      description   = "A shell on the bastion of fieldday-test"
      sessionType   = "Standard_Stream"
      inputs = {
        kmsKeyId                    = "arn:aws:kms:us-east-1:111122223333:key/data"
        cloudWatchLogGroupName      = "/fieldday/fieldday-test-bastion/sessions"
        cloudWatchEncryptionEnabled = true
        cloudWatchStreamingEnabled  = true
        idleSessionTimeout          = "20"
        maxSessionDuration          = "480"
        runAsEnabled                = false
      }
    }
    error_message = "Sessions are not encrypted by the key, not written down, or do not end."
  }

  assert {
    condition     = jsonencode([aws_ssm_document.session.name, aws_ssm_document.session.document_type, aws_ssm_document.session.document_format]) == jsonencode(["fieldday-test-bastion-session", "Session", "JSON"])
    error_message = "The document is none for sessions."
  }

  assert {
    condition = jsonencode([
      aws_cloudwatch_log_group.sessions.name, aws_cloudwatch_log_group.sessions.retention_in_days, aws_cloudwatch_log_group.sessions.kms_key_id,
    ]) == jsonencode(["/fieldday/fieldday-test-bastion/sessions", 365, "arn:aws:kms:us-east-1:111122223333:key/logs"])
    error_message = "What was typed is not encrypted, or not kept for a year."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.sessions.policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "WriteDown"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
          Resource = "arn:aws:logs:us-east-1:111122223333:log-group:/fieldday/fieldday-test-bastion/sessions:*"
        },
        { Sid = "FindGroup", Effect = "Allow", Action = ["logs:DescribeLogGroups"], Resource = "*" },
        { Sid = "OpenSession", Effect = "Allow", Action = ["kms:Decrypt"], Resource = "arn:aws:kms:us-east-1:111122223333:key/data" },
      ]
    }
    error_message = "The bastion may do other than write its sessions down."
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy) == {
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
    }
    error_message = "Others than EC2 may take the role."
  }

  assert {
    condition = jsonencode([
      aws_iam_role.this.name, aws_iam_instance_profile.this.name, aws_iam_instance_profile.this.role, aws_iam_role_policy.sessions.role, aws_iam_role_policy.sessions.name,
      aws_iam_role_policy_attachment.ssm.role, aws_iam_role_policy_attachment.ssm.policy_arn,
      ]) == jsonencode([
      "fieldday-test-bastion", "fieldday-test-bastion", "fieldday-test-bastion", "fieldday-test-bastion", "sessions",
      "fieldday-test-bastion", "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    ])
    error_message = "The machine does not have the role that SSM needs."
  }

  assert {
    condition = jsonencode([
      output.security_group_id, output.autoscaling_group_name, output.session_document, output.role_arn, output.log_group,
      ]) == jsonencode([
      aws_security_group.this.id, "fieldday-test-bastion", "fieldday-test-bastion-session", "arn:aws:iam::111122223333:role/fieldday-test-bastion",
      "/fieldday/fieldday-test-bastion/sessions",
    ])
    error_message = "An output gives something else than its name says."
  }
}

run "tags" {
  assert {
    condition = alltrue([
      for resource in [
        aws_launch_template.this, aws_security_group.this, aws_vpc_security_group_egress_rule.https, aws_vpc_security_group_egress_rule.database["5432"],
        aws_vpc_security_group_egress_rule.database["6379"], aws_ssm_document.session, aws_cloudwatch_log_group.sessions, aws_iam_instance_profile.this, aws_iam_role.this,
      ] : { for key in keys(var.tags) : key => resource.tags[key] } == { for key, value in var.tags : key => value }
    ])
    error_message = "A resource lacks one of the five tags."
  }

  assert {
    condition = jsonencode([
      aws_launch_template.this.tags.Name, aws_security_group.this.tags.Name, aws_ssm_document.session.tags.Name,
      aws_cloudwatch_log_group.sessions.tags.Name, aws_iam_instance_profile.this.tags.Name, aws_iam_role.this.tags.Name,
      ]) == jsonencode([
      "fieldday-test-bastion", "fieldday-test-bastion", "fieldday-test-bastion-session",
      "/fieldday/fieldday-test-bastion/sessions", "fieldday-test-bastion", "fieldday-test-bastion",
    ])
    error_message = "A resource has another name than what it is."
  }

  assert {
    condition = {
      for tag in aws_autoscaling_group.this.tag : tag.key => tag.value if tag.propagate_at_launch
    } == merge({ for key, value in var.tags : key => value }, { Name = "fieldday-test-bastion" })
    error_message = "The machine does not get its tags."
  }

  assert {
    condition = {
      for specification in aws_launch_template.this.tag_specifications : specification.resource_type => { for key, value in specification.tags : key => value }
      } == {
      for kind in ["instance", "network-interface", "volume"] : kind => merge({ for key, value in var.tags : key => value }, { Name = "fieldday-test-bastion" })
    }
    error_message = "The machine's disk or interface does not get its tags."
  }
}

run "ssh_when_asked_for" {
  variables {
    ssh_cidrs                = ["10.200.0.0/22"]
    database_ports           = [5432]
    instance_type            = "t4g.small"
    log_retention_days       = 90
    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  }

  assert {
    condition = jsonencode({
      for cidr, rule in aws_vpc_security_group_ingress_rule.ssh : cidr => [rule.security_group_id, rule.ip_protocol, rule.from_port, rule.to_port, rule.cidr_ipv4, rule.tags]
      }) == jsonencode({
      "10.200.0.0/22" = [aws_security_group.this.id, "tcp", 22, 22, "10.200.0.0/22", merge(var.tags, { Name = "fieldday-test-bastion-ssh" })]
    })
    error_message = "SSH is open to others than the network that was named."
  }

  assert {
    condition     = strcontains(base64decode(aws_launch_template.this.user_data), "systemctl enable --now sshd")
    error_message = "The SSH server does not run."
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.database) == ["5432"] && aws_launch_template.this.instance_type == "t4g.small" && aws_cloudwatch_log_group.sessions.retention_in_days == 90
    error_message = "What was asked for was not made."
  }

  assert {
    condition     = aws_iam_role.this.permissions_boundary == "arn:aws:iam::111122223333:policy/boundary"
    error_message = "The role lacks the boundary."
  }
}

run "not_running" {
  variables {
    running = false
  }

  assert {
    condition     = jsonencode([aws_autoscaling_group.this.min_size, aws_autoscaling_group.this.desired_capacity]) == jsonencode([0, 0])
    error_message = "It runs though nobody needs it."
  }
}
