output "stdout" "out" { # warning: output.stdout.out is not used
}
