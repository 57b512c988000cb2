data "aws_partition" "current" {}

locals {
  full_name = "${var.name}-bastion"
  ssh       = length(var.ssh_cidrs) > 0

  # Patched at each start, and replaced every week. Unused services don't listen.
  user_data = <<-EOT
    #!/bin/bash
    set -eu
    dnf upgrade --assumeyes --refresh
    dnf install --assumeyes postgresql17 valkey
    systemctl enable --now amazon-ssm-agent
    systemctl ${local.ssh ? "enable" : "disable"} --now sshd
  EOT
}

# One machine in any zone: it is replaced in another if its zone fails.
resource "aws_autoscaling_group" "this" {
  name                      = local.full_name
  min_size                  = var.running ? 1 : 0
  desired_capacity          = var.running ? 1 : 0
  max_size                  = 1
  vpc_zone_identifier       = var.subnet_ids
  health_check_type         = "EC2"
  health_check_grace_period = 300
  max_instance_lifetime     = 604800

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 0
    }
  }

  dynamic "tag" {
    for_each = merge(var.tags, { Name = local.full_name })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }
}

resource "aws_launch_template" "this" {
  name                   = local.full_name
  description            = "The bastion of ${var.name}"
  image_id               = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
  instance_type          = var.instance_type
  ebs_optimized          = true
  update_default_version = true
  user_data              = base64encode(local.user_data)

  iam_instance_profile {
    arn = aws_iam_instance_profile.this.arn
  }

  network_interfaces {
    associate_public_ip_address = false
    security_groups             = [aws_security_group.this.id]
    delete_on_termination       = true
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = 20
      encrypted             = true
      kms_key_id            = var.kms_key_arn
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "network-interface", "volume"]

    content {
      resource_type = tag_specifications.value
      tags          = merge(var.tags, { Name = local.full_name })
    }
  }

  tags = merge(var.tags, { Name = local.full_name })
}
