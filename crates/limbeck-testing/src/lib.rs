//! Throwaway PostgreSQL and MariaDB servers for limbeck's own tests.
