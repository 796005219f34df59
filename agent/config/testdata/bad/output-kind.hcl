output "s3" "backup" { # error: unknown kind of output: "s3" | kafka, file and stdout
}
