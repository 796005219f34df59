output "stdout" "here" {}

output "stdout" "there" { # error: second output to standard output | output.stdout.here
  format = "json"
}
