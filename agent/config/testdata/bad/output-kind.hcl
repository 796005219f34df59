output "gcs" "backup" { # error: unknown kind of output: "gcs" | kafka, s3, file and stdout
}
