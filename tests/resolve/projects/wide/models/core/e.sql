{%- set m = ref_of('d') -%}
select * from {{ m }} join {{ only_in_macro() }} using (id) join {{ source('lake', 'one') }} on true join {{ source('lake', 'two') }} on true
join {{ source('raw', 'events') }} on true join {{ source('raw', 'events2') }} e on true join {{ source('dynamic', 't') }} on true
{% if execute %}-- {{ graph.nodes['model.wide.d'].name }} {{ graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') | map(attribute='name') | sort | join(',') }}{% endif %}
-- {{ model.unique_id }} {{ model.tags | join('/') }} {{ model.fqn }} {{ model.original_file_path }} {{ this.database }}.{{ this.schema }}.{{ this.table }} {{ this.name }}
