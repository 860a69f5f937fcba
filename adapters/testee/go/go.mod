module streamtest/testee

go 1.19
