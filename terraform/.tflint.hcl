# The rules that come with tflint itself; those for AWS and Google are plugins that are fetched from
# a site which a build machine may not reach.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# A main.tf that would grow is split by subject here.
rule "terraform_standard_module_structure" {
  enabled = false
}
