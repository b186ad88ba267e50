-- Whoever looks for what is due walks over the dead rows at the front of the queue. They are cleared
-- away by how many they are, not by their share of all that waits.
ALTER TABLE hub_queue SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
ALTER TABLE hub_hosts SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
