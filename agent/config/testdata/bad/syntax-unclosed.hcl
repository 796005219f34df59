output "stdout" "out" { # error: unclosed configuration block

input "logfile" "web" {
  paths  = ["relative"] # error: bad paths
  output = output.stdout.out
}
