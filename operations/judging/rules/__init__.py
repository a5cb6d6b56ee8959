"""What changes of each kind of object do on AWS and in Kubernetes, each with its source."""
