# OpenTofu reads this in the place of refusals.tftest.hcl: its mocks make up at plan what only an apply
# knows, such as a key's ARN, and the modules refuse what is none.
