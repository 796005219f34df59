output "file" "a" { # error: missing key "path" in output "file" "a"
}
