{{ config(enabled=var('off_flag')) }} select 1
