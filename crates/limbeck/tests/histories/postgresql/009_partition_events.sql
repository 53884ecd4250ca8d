-- limbeck:upgrade
CREATE TABLE event (at DATE NOT NULL, what TEXT) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

-- limbeck:downgrade
DROP TABLE event;
