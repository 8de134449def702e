"""Files that run the commands unattended: cron, systemd, containers, Kubernetes, AWS Lambda."""
