# The eks module of the layout, with the inputs of its dev unit: public endpoint, no encryption, no launch template.

variable "subnet_ids" {
  type = list(string)
}

variable "cluster_role_name" {
  type    = string
  default = "dev-gd9-eks-cluster"
}

locals {
  name = "dev-gd9"
  node_policies = {
    1 = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
    2 = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
    3 = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
    4 = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
  }
}

resource "aws_iam_role" "eks" {
  name               = var.cluster_role_name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "eks.amazonaws.com" } }] })
}

resource "aws_iam_role_policy_attachment" "eks" {
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
  role       = aws_iam_role.eks.name
}

resource "aws_eks_cluster" "this" {
  name     = local.name
  version  = "1.26"
  role_arn = aws_iam_role.eks.arn
  vpc_config {
    endpoint_private_access = false
    endpoint_public_access  = true
    subnet_ids              = var.subnet_ids
  }
  depends_on = [aws_iam_role_policy_attachment.eks]
}

resource "aws_iam_role" "nodes" {
  name               = "${local.name}-eks-nodes"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy_attachment" "nodes" {
  for_each   = local.node_policies
  policy_arn = each.value
  role       = aws_iam_role.nodes.name
}

resource "aws_eks_node_group" "this" {
  for_each        = toset(["general"])
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = each.key
  node_role_arn   = aws_iam_role.nodes.arn
  subnet_ids      = var.subnet_ids
  ami_type        = "AL2_x86_64"
  capacity_type   = "SPOT"
  instance_types  = ["t3.medium"]
  disk_size       = 20
  version         = "1.26"
  release_version = "1.26.15-20240605"
  scaling_config {
    desired_size = 3
    max_size     = 10
    min_size     = 0
  }
  update_config {
    max_unavailable = 1
  }
  labels     = { role = each.key }
  depends_on = [aws_iam_role_policy_attachment.nodes]
}

resource "aws_iam_openid_connect_provider" "this" {
  count           = 1
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]
  url             = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "eks_name" {
  value = aws_eks_cluster.this.name
}

output "openid_provider_arn" {
  value = aws_iam_openid_connect_provider.this[0].arn
}

output "issuer" {
  value = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "endpoint" {
  value = aws_eks_cluster.this.endpoint
}

output "certificate" {
  value = aws_eks_cluster.this.certificate_authority[0].data
}
