CREATE SCHEMA made_by_flyway;
