{{- config(
    materialized='ephemeral'
) -}}
{# none #}
-- leading comment
with recursive r as (select 1 as n union all select n + 1 from r where n < 3)
select r.n from r, {{ ref('b') }} as b, {{ ref('a') }} as a
