# What the network promises: three zones, kinds of subnets that do not overlap, who reaches what.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { region = "us-east-1" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/vpc/fieldday-test/flow" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/fieldday-test-vpc-flow-log" }
  }
}

run "subnets" {
  assert {
    condition     = aws_vpc.this.cidr_block == "10.0.0.0/16" && aws_vpc.this.enable_dns_support && aws_vpc.this.enable_dns_hostnames
    error_message = "The network lacks its addresses or the names that private endpoints need."
  }

  assert {
    condition = {
      public   = { for zone, subnet in aws_subnet.public : zone => subnet.cidr_block }
      database = { for zone, subnet in aws_subnet.database : zone => subnet.cidr_block }
      private  = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block }
      } == {
      public   = { "us-east-1a" = "10.0.0.0/22", "us-east-1b" = "10.0.4.0/22", "us-east-1c" = "10.0.8.0/22" }
      database = { "us-east-1a" = "10.0.16.0/22", "us-east-1b" = "10.0.20.0/22", "us-east-1c" = "10.0.24.0/22" }
      private  = { "us-east-1a" = "10.0.64.0/18", "us-east-1b" = "10.0.128.0/18", "us-east-1c" = "10.0.192.0/18" }
    }
    error_message = "A subnet moved: changing addresses replaces subnets and all in them."
  }

  assert {
    condition = alltrue([
      for subnets in [aws_subnet.public, aws_subnet.private, aws_subnet.database] : alltrue([
        for zone, subnet in subnets : subnet.availability_zone == zone && subnet.vpc_id == aws_vpc.this.id && !subnet.map_public_ip_on_launch
      ])
    ])
    error_message = "A subnet is not in its zone or network, or gives its machines public addresses."
  }

  assert {
    condition = alltrue([for subnet in aws_subnet.public : subnet.tags["kubernetes.io/role/elb"] == "1"]) && alltrue([
      for subnet in aws_subnet.private : subnet.tags["kubernetes.io/role/internal-elb"] == "1"
    ])
    error_message = "The load balancer controller would not find its subnets."
  }

  assert {
    condition     = output.edge_cidr == "10.0.0.0/20" && output.cidr == "10.0.0.0/16" && output.vpc_id == aws_vpc.this.id
    error_message = "The charts' edgeCidr, or what the other modules take, differs."
  }

  assert {
    condition = jsonencode([output.public_subnet_ids, output.private_subnet_ids, output.database_subnet_ids, output.private_cidrs]) == jsonencode([
      [for zone in var.zones : aws_subnet.public[zone].id],
      [for zone in var.zones : aws_subnet.private[zone].id],
      [for zone in var.zones : aws_subnet.database[zone].id],
      ["10.0.64.0/18", "10.0.128.0/18", "10.0.192.0/18"],
    ])
    error_message = "The outputs do not give the subnets in the zones' order."
  }
}

run "routes" {
  assert {
    condition = {
      for zone, nat in aws_nat_gateway.this : zone => [nat.subnet_id, nat.allocation_id, nat.connectivity_type]
      } == {
      for zone in var.zones : zone => [aws_subnet.public[zone].id, aws_eip.nat[zone].allocation_id, "public"]
    }
    error_message = "A zone lacks a NAT gateway in its own public subnet with its own address."
  }

  assert {
    condition     = alltrue([for eip in aws_eip.nat : eip.domain == "vpc"]) && output.nat_addresses == { for zone in var.zones : zone => aws_eip.nat[zone].public_ip }
    error_message = "The NAT gateways' addresses are not what the module gives out."
  }

  assert {
    condition = {
      for zone, route in aws_route.nat : zone => [route.route_table_id, route.destination_cidr_block, route.nat_gateway_id]
      } == {
      for zone in var.zones : zone => [aws_route_table.private[zone].id, "0.0.0.0/0", aws_nat_gateway.this[zone].id]
    }
    error_message = "A private subnet does not reach the internet through its own zone's NAT gateway."
  }

  assert {
    condition     = aws_route.internet.gateway_id == aws_internet_gateway.this.id && aws_route.internet.route_table_id == aws_route_table.public.id && aws_route.internet.destination_cidr_block == "0.0.0.0/0" && aws_internet_gateway.this.vpc_id == aws_vpc.this.id
    error_message = "Public subnets do not reach the internet."
  }

  assert {
    condition = alltrue([for zone in var.zones :
      aws_route_table_association.public[zone].subnet_id == aws_subnet.public[zone].id
      && aws_route_table_association.public[zone].route_table_id == aws_route_table.public.id
      && aws_route_table_association.private[zone].subnet_id == aws_subnet.private[zone].id
      && aws_route_table_association.private[zone].route_table_id == aws_route_table.private[zone].id
      && aws_route_table_association.database[zone].subnet_id == aws_subnet.database[zone].id
      && aws_route_table_association.database[zone].route_table_id == aws_route_table.database.id
    ])
    error_message = "A subnet has another kind's route table: databases must have no route to the internet."
  }

  assert {
    condition = alltrue([
      for table in concat([aws_route_table.public, aws_route_table.database], values(aws_route_table.private)) : table.vpc_id == aws_vpc.this.id
    ])
    error_message = "A route table is not of this network."
  }
}

run "closed_by_default" {
  assert {
    condition     = aws_default_security_group.this.vpc_id == aws_vpc.this.id && output.closed_security_group_id == aws_default_security_group.this.id
    error_message = "The default security group is not taken over, and keeps its rules."
  }

  assert {
    condition = aws_network_acl.database.vpc_id == aws_vpc.this.id && toset(aws_network_acl.database.subnet_ids) == toset([
      for zone in var.zones : aws_subnet.database[zone].id
    ])
    error_message = "The database subnets lack their network ACL."
  }

  assert {
    condition = jsonencode([
      for rule in [aws_network_acl_rule.database_in, aws_network_acl_rule.database_out] :
      [rule.network_acl_id, rule.rule_number, rule.rule_action, rule.egress, rule.protocol, rule.from_port, rule.to_port, rule.cidr_block]
      ]) == jsonencode([
      [aws_network_acl.database.id, 100, "allow", false, "tcp", 1024, 65535, "10.0.0.0/16"],
      [aws_network_acl.database.id, 100, "allow", true, "tcp", 1024, 65535, "10.0.0.0/16"],
    ])
    error_message = "Databases speak with more, or with less, than this network."
  }
}

run "endpoints" {
  assert {
    condition = {
      for name, endpoint in aws_vpc_endpoint.gateway : name => [endpoint.service_name, endpoint.vpc_endpoint_type, endpoint.vpc_id]
      } == {
      dynamodb = ["com.amazonaws.us-east-1.dynamodb", "Gateway", aws_vpc.this.id]
      s3       = ["com.amazonaws.us-east-1.s3", "Gateway", aws_vpc.this.id]
    }
    error_message = "S3 or DynamoDB is reached through NAT, which is paid for by the gigabyte."
  }

  assert {
    condition = alltrue([
      for endpoint in aws_vpc_endpoint.gateway : endpoint.route_table_ids == toset(concat(
        [for table in aws_route_table.private : table.id],
        [aws_route_table.database.id],
      ))
    ])
    error_message = "A private or database route table lacks a gateway endpoint."
  }

  assert {
    condition = {
      for name, endpoint in aws_vpc_endpoint.interface : name => endpoint.service_name
      } == {
      for name in ["ec2messages", "ecr.api", "ecr.dkr", "eks-auth", "kms", "logs", "secretsmanager", "ssm", "ssmmessages", "sts"] :
      name => "com.amazonaws.us-east-1.${name}"
    }
    error_message = "Nodes or the bastion would need NAT for what has an endpoint."
  }

  assert {
    condition = alltrue([
      for endpoint in aws_vpc_endpoint.interface :
      endpoint.vpc_endpoint_type == "Interface" && endpoint.private_dns_enabled && endpoint.vpc_id == aws_vpc.this.id
      && endpoint.security_group_ids == toset([aws_security_group.endpoints.id])
      && endpoint.subnet_ids == toset([for zone in var.zones : aws_subnet.private[zone].id])
    ])
    error_message = "An interface endpoint is not in all zones, not found by its public name, or not behind its security group."
  }

  assert {
    condition = jsonencode([
      aws_security_group.endpoints.name,
      aws_security_group.endpoints.vpc_id,
      aws_vpc_security_group_ingress_rule.endpoints.security_group_id,
      aws_vpc_security_group_ingress_rule.endpoints.ip_protocol,
      aws_vpc_security_group_ingress_rule.endpoints.from_port,
      aws_vpc_security_group_ingress_rule.endpoints.to_port,
      aws_vpc_security_group_ingress_rule.endpoints.cidr_ipv4,
    ]) == jsonencode(["fieldday-test-endpoints", aws_vpc.this.id, aws_security_group.endpoints.id, "tcp", 443, 443, "10.0.0.0/16"])
    error_message = "Endpoints accept other than HTTPS from this network."
  }
}

run "flow_log" {
  assert {
    condition = jsonencode([
      aws_flow_log.this.vpc_id,
      aws_flow_log.this.traffic_type,
      aws_flow_log.this.log_destination_type,
      aws_flow_log.this.log_destination,
      aws_flow_log.this.iam_role_arn,
      aws_flow_log.this.max_aggregation_interval,
      ]) == jsonencode([
      aws_vpc.this.id, "ALL", "cloud-watch-logs", aws_cloudwatch_log_group.flow.arn, aws_iam_role.flow.arn, 60,
    ])
    error_message = "Not all traffic is logged."
  }

  assert {
    condition = jsonencode([
      aws_cloudwatch_log_group.flow.name, aws_cloudwatch_log_group.flow.retention_in_days, aws_cloudwatch_log_group.flow.kms_key_id, output.flow_log_group,
    ]) == jsonencode(["/aws/vpc/fieldday-test/flow", 365, var.kms_key_arn, "/aws/vpc/fieldday-test/flow"])
    error_message = "The flow log is not encrypted by the key, or not kept for a year."
  }

  assert {
    condition = jsondecode(aws_iam_role.flow.assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "vpc-flow-logs.amazonaws.com" }
        Condition = {
          StringEquals = { "aws:SourceAccount" = "111122223333" }
          ArnLike      = { "aws:SourceArn" = "arn:aws:ec2:us-east-1:111122223333:vpc-flow-log/*" }
        }
      }]
    }
    error_message = "Others than this account's flow logs may take the role."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.flow.policy) == {
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/vpc/fieldday-test/flow:*"
      }]
    }
    error_message = "The flow log's role may do other than write into its own group."
  }

  assert {
    condition     = aws_iam_role.flow.name == "fieldday-test-vpc-flow-log" && aws_iam_role_policy.flow.role == aws_iam_role.flow.name && aws_iam_role_policy.flow.name == "write-flow-log"
    error_message = "The flow log's permissions are not its role's."
  }
}

run "tags" {
  assert {
    condition = {
      for resource in concat(
        [
          aws_vpc.this, aws_default_security_group.this, aws_internet_gateway.this, aws_network_acl.database,
          aws_route_table.public, aws_route_table.database, aws_security_group.endpoints,
          aws_vpc_security_group_ingress_rule.endpoints, aws_cloudwatch_log_group.flow, aws_iam_role.flow, aws_flow_log.this,
        ],
        values(aws_subnet.public), values(aws_subnet.private), values(aws_subnet.database), values(aws_eip.nat),
        values(aws_nat_gateway.this), values(aws_route_table.private), values(aws_vpc_endpoint.gateway), values(aws_vpc_endpoint.interface),
      ) : resource.tags.Name => { for key in keys(var.tags) : key => resource.tags[key] }...
      } == {
      for name, times in {
        "fieldday-test"                     = 3
        "fieldday-test-default-unused"      = 1
        "fieldday-test-public"              = 1
        "fieldday-test-database"            = 2
        "fieldday-test-endpoints"           = 2
        "/aws/vpc/fieldday-test/flow"       = 1
        "fieldday-test-vpc-flow-log"        = 1
        "fieldday-test-public-us-east-1a"   = 1
        "fieldday-test-public-us-east-1b"   = 1
        "fieldday-test-public-us-east-1c"   = 1
        "fieldday-test-private-us-east-1a"  = 2
        "fieldday-test-private-us-east-1b"  = 2
        "fieldday-test-private-us-east-1c"  = 2
        "fieldday-test-database-us-east-1a" = 1
        "fieldday-test-database-us-east-1b" = 1
        "fieldday-test-database-us-east-1c" = 1
        "fieldday-test-nat-us-east-1a"      = 1
        "fieldday-test-nat-us-east-1b"      = 1
        "fieldday-test-nat-us-east-1c"      = 1
        "fieldday-test-us-east-1a"          = 1
        "fieldday-test-us-east-1b"          = 1
        "fieldday-test-us-east-1c"          = 1
        "fieldday-test-dynamodb"            = 1
        "fieldday-test-s3"                  = 1
        "fieldday-test-ec2messages"         = 1
        "fieldday-test-ecr.api"             = 1
        "fieldday-test-ecr.dkr"             = 1
        "fieldday-test-eks-auth"            = 1
        "fieldday-test-kms"                 = 1
        "fieldday-test-logs"                = 1
        "fieldday-test-secretsmanager"      = 1
        "fieldday-test-ssm"                 = 1
        "fieldday-test-ssmmessages"         = 1
        "fieldday-test-sts"                 = 1
      } : name => [for _ in range(times) : { for key, value in var.tags : key => value }]
    }
    error_message = "A resource lacks its name or one of the five tags."
  }
}

run "one_nat_gateway" {
  variables {
    single_nat_gateway = true
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["us-east-1a"] && keys(aws_eip.nat) == ["us-east-1a"]
    error_message = "single_nat_gateway makes more than one, or not in the first zone."
  }

  assert {
    condition     = alltrue([for zone in var.zones : aws_route.nat[zone].nat_gateway_id == aws_nat_gateway.this["us-east-1a"].id])
    error_message = "With one NAT gateway a zone has no way to the internet."
  }
}

run "two_zones_and_few_endpoints" {
  variables {
    zones                   = ["us-east-1a", "us-east-1b"]
    cidr                    = "10.64.0.0/20"
    gateway_endpoints       = ["s3"]
    interface_endpoints     = []
    flow_log_retention_days = 90

    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  }

  assert {
    condition     = aws_iam_role.flow.permissions_boundary == "arn:aws:iam::111122223333:policy/boundary"
    error_message = "The flow log's role lacks the boundary."
  }

  assert {
    condition = [for zone in var.zones : [
      aws_subnet.public[zone].cidr_block, aws_subnet.database[zone].cidr_block, aws_subnet.private[zone].cidr_block,
      ]] == [
      ["10.64.0.0/26", "10.64.1.0/26", "10.64.4.0/22"],
      ["10.64.0.64/26", "10.64.1.64/26", "10.64.8.0/22"],
    ]
    error_message = "The subnets' sizes do not follow the network's."
  }

  assert {
    condition     = keys(aws_vpc_endpoint.gateway) == ["s3"] && length(aws_vpc_endpoint.interface) == 0 && aws_cloudwatch_log_group.flow.retention_in_days == 90
    error_message = "What was asked for was not made."
  }
}
