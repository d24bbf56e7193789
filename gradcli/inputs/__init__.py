"""What a user gives, made ready: values, files, claims in files, requests. Complaints about input are worded here."""
