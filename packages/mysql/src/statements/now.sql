-- The server's clock in ms since 1970, in whatever time zone the session is. An expression that stands for {now} in the statements.
TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000
