"""Takes over what an earlier Terraform or Terragrunt layout made: `python -m adoption dev --from PATH`."""
