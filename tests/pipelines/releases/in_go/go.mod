module fieldday.example/in-go

go 1.22
