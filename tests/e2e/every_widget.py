"""A page with every widget and element of Streamlit that the app uses."""

import time
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st


@st.dialog("Dialog")
def dialog() -> None:
    """Show a dialog that has only a text."""
    st.write("In the dialog")


st.set_page_config(layout="wide")
st.header("Every widget")
with st.sidebar:
    st.text_input("Beside", help="An explanation")
with st.expander("Expander"):
    st.caption("Caption")
left, right = st.columns(2)
with left:
    st.markdown("A text with :green-badge[a badge]")
    st.latex("x = 1")
    st.code('name = "text"', language="python")
    st.html("<p>HTML</p>")
    st.error("Error")
    st.progress(0.5)
    st.components.v2.component("of_the_test", html="<p>Component</p>")()
    st.plotly_chart(go.Figure(go.Scatter(x=[1, 2], y=[1, 2])))
    st.echarts_chart({"xAxis": {}, "yAxis": {}, "series": []}, height=200)
    st.dataframe({"Column": [1, 2]})
with right:
    st.button("Primary", type="primary", icon=":material/home:")
    st.download_button("Download", "text")
    st.link_button("Link", "https://example.org")
    st.page_link("https://example.org", label="Page link")
    with st.container(horizontal=True):
        st.menu_button("Menu", ["One", "Two"])
        with st.popover("Popover"):
            st.write("In the popover")
    if st.button("Open the dialog"):
        dialog()
    st.segmented_control("Segments", ["One", "Two"], default="One")
    st.pills("Pills", ["One", "Two"], default="One")
    st.checkbox("Checkbox")
    st.toggle("Toggle")
    st.radio("Radio", ["One", "Two"])
    st.selectbox("Select", ["One", "Two"])
    st.multiselect("Multiselect", ["One", "Two"], default=["One"])
    st.text_input("Text")
    st.text_area("Long text")
    st.number_input("Number", 0, 10, 5)
    st.slider("Slider", 0, 10, 5)
    st.select_slider("Select slider", ["One", "Two"])
    st.file_uploader("File")
    st.data_editor({"Column": [1, 2]})
    gate = Path(st.query_params.get("gate", "."))
    if st.button("Run until the gate opens"):
        while not gate.exists():
            time.sleep(0.05)
st.caption("The last element")
