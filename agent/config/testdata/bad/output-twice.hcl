output "stdout" "a" {}

output "stdout" "a" {} # error: second block output "stdout" "a" | output-twice.hcl:1:1
