select 1 as id, date '2024-01-31' as d, 'a-b-c' as s
