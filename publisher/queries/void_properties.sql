-- How many triples there are of each property (void:propertyPartition).
SELECT p AS key, count(*) AS n FROM said GROUP BY p
