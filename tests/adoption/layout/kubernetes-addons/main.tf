# The kubernetes-addons module of the layout, with the inputs of its dev unit.

variable "eks" {
  type = object({ eks_name = string, openid_provider_arn = string, issuer = string, endpoint = string, certificate = string })
}

variable "thanos_bucket_arn" {
  type = string
}

provider "kubernetes" {
  host                   = var.eks.endpoint
  cluster_ca_certificate = base64decode(var.eks.certificate)
}

provider "helm" {
  kubernetes = {
    host                   = var.eks.endpoint
    cluster_ca_certificate = base64decode(var.eks.certificate)
  }
}

locals {
  issuer = trimprefix(var.eks.issuer, "https://")
  trust = { for name, subject in {
    autoscaler = "system:serviceaccount:kube-system:cluster-autoscaler"
    csi        = "system:serviceaccount:kube-system:ebs-csi-controller-sa"
    prometheus = "system:serviceaccount:monitoring:kube-prometheus-stack-prometheus"
    thanos     = "system:serviceaccount:monitoring:thanos"
    } : name => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Action    = "sts:AssumeRoleWithWebIdentity"
        Principal = { Federated = var.eks.openid_provider_arn }
        Condition = { StringEquals = { "${local.issuer}:sub" = subject } }
      }]
  }) }
  s3_access = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:ListBucket", "s3:GetObject", "s3:PutObject"], Resource = [var.thanos_bucket_arn, "${var.thanos_bucket_arn}/*"] }]
  })
}

resource "aws_iam_role" "cluster_autoscaler" {
  count              = 1
  name               = "dev-gd9-cluster-autoscaler"
  assume_role_policy = local.trust.autoscaler
}

resource "aws_iam_policy" "cluster_autoscaler" {
  count  = 1
  name   = "dev-gd9-cluster-autoscaler"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["autoscaling:DescribeAutoScalingGroups"], Resource = "*" }] })
}

resource "aws_iam_role_policy_attachment" "cluster_autoscaler" {
  count      = 1
  role       = aws_iam_role.cluster_autoscaler[0].name
  policy_arn = aws_iam_policy.cluster_autoscaler[0].arn
}

resource "helm_release" "cluster_autoscaler" {
  count      = 1
  name       = "autoscaler"
  repository = "https://kubernetes.github.io/autoscaler"
  chart      = "cluster-autoscaler"
  namespace  = "kube-system"
  version    = "9.28.0"
}

resource "aws_iam_role" "eks_ebs_csi_driver" {
  name               = "eks-ebs-csi-driver"
  assume_role_policy = local.trust.csi
}

resource "aws_iam_role_policy_attachment" "amazon_ebs_csi_driver" {
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
  role       = aws_iam_role.eks_ebs_csi_driver.name
}

resource "aws_eks_addon" "csi_driver" {
  cluster_name             = var.eks.eks_name
  addon_name               = "aws-ebs-csi-driver"
  addon_version            = "v1.18.0-eksbuild.1"
  service_account_role_arn = aws_iam_role.eks_ebs_csi_driver.arn
}

resource "aws_iam_role" "prometheus" {
  name               = "prometheus"
  assume_role_policy = local.trust.prometheus
}

resource "aws_iam_role_policy_attachment" "prometheus" {
  role       = aws_iam_role.prometheus.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
}

module "prometheus" {
  source = "./release"
  values = templatefile("${path.module}/values.yml", { role_arn = aws_iam_role.prometheus.arn })
}

resource "aws_iam_policy" "thanos_s3_access" {
  name   = "ThanosS3Access"
  policy = local.s3_access
}

resource "aws_iam_role" "thanos" {
  name               = "thanos"
  assume_role_policy = local.trust.thanos
}

resource "aws_iam_role_policy_attachment" "thanos" {
  role       = aws_iam_role.thanos.name
  policy_arn = aws_iam_policy.thanos_s3_access.arn
}

resource "kubernetes_service_account" "thanos" {
  metadata {
    name        = "thanos"
    namespace   = "monitoring"
    annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.thanos.arn }
  }
  depends_on = [module.prometheus]
}

resource "kubernetes_secret" "thanos_object_storage" {
  metadata {
    name      = "thanos-object-storage"
    namespace = "monitoring"
  }
  data       = { "thanos.yaml" = base64encode("type: S3\nconfig:\n  bucket: gd9-thanos\n") }
  depends_on = [module.prometheus]
}

output "prometheus_role_arn" {
  value = aws_iam_role.prometheus.arn
}
