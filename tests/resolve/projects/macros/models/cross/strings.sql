select
    {{ dbt.concat(["s", "'x'"]) }} as c,
    {{ dbt.hash('s') }} as h,
    {{ dbt.length('s') }} as l,
    {{ dbt.position("'b'", 's') }} as p,
    {{ dbt.replace('s', "'a'", "'z'") }} as r,
    {{ dbt.right('s', 2) }} as ri,
    {{ dbt.split_part('s', "'-'", 2) }} as sp,
    {{ dbt.string_literal('lit') }} as lit,
    '{{ dbt.escape_single_quotes("it's") }}' as esc,
    {{ dbt.cast_bool_to_text('true') }} as b,
    {{ dbt.cast('id', dbt.type_bigint()) }} as ca,
    {{ concat(['s', 's']) }} as unqualified
from {{ ref('base') }}
