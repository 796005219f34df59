output "stdout" "out" { # error: block without an end

input "logfile" "web" {
  paths  = ["relative"] # error: bad paths
  output = output.stdout.out
}
