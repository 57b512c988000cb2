# OpenTofu reads this in the place of fixed_addresses.tftest.hcl, which needs mocks of single
# instances: it has none (https://github.com/opentofu/opentofu/issues/3264).
