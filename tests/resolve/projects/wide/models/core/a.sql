{{ config(materialized='ephemeral') }}
select 1 as id, {{ var('one') }} + {{ var('octal') }} as n, '{{ var("when") }}' as w, '{{ var("flag") }}' as f, '{{ var("off_flag") }}' as o, '{{ var("float") }}' as fl,
'{{ var("exp") }}' as e, '{{ var("exp2") }}' as e2, '{{ var("nothing") }}' as no, '{{ var("sexagesimal") }}' as sx, '{{ var("scoped") }}' as sc, {{ var("text_one") is string }} as ts
