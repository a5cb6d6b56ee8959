"""What the files of Terragrunt and Terraform say of where a state is."""
